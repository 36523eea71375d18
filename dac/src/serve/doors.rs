//! Connections: no more than so many at a time, and none on which nothing moves for long. What a request may take
//! is bounded elsewhere; this is for those who connect and ask nothing.

use std::{
	future::Future,
	io,
	net::SocketAddr,
	pin::Pin,
	sync::Arc,
	task::{Context, Poll},
	time::Duration,
};

use axum::serve::Listener;
use tokio::{
	io::{AsyncRead, AsyncWrite, ReadBuf},
	net::{TcpListener, TcpStream},
	sync::{OwnedSemaphorePermit, Semaphore},
	time::{Instant, Sleep},
};

/// How many connections there may be; whoever comes next waits.
const MOST: usize = 8_192;
/// For how long nothing may move: longer than a request may take, and than clients keep a connection for the next one.
const IDLE: Duration = Duration::from_secs(100);

/// Lets connections in.
pub struct Doors {
	listener: TcpListener,
	room: Arc<Semaphore>,
	idle: Duration,
}

impl Doors {
	/// Those of the service.
	pub fn new(listener: TcpListener) -> Self {
		Self::with(listener, MOST, IDLE)
	}

	pub(crate) fn with(listener: TcpListener, most: usize, idle: Duration) -> Self {
		Self {
			listener,
			room: Arc::new(Semaphore::new(most)),
			idle,
		}
	}
}

impl Listener for Doors {
	type Io = Connection;
	type Addr = SocketAddr;

	async fn accept(&mut self) -> (Connection, SocketAddr) {
		// It is never closed.
		let place = self.room.clone().acquire_owned().await.ok();
		let (stream, address) = Listener::accept(&mut self.listener).await;
		let connection = Connection {
			stream,
			idle: self.idle,
			end: Box::pin(tokio::time::sleep(self.idle)),
			_place: place,
		};
		(connection, address)
	}

	fn local_addr(&self) -> io::Result<SocketAddr> {
		self.listener.local_addr()
	}
}

/// A connection that fails when nothing moved for too long.
pub struct Connection {
	stream: TcpStream,
	idle: Duration,
	end: Pin<Box<Sleep>>,
	_place: Option<OwnedSemaphorePermit>,
}

impl Connection {
	/// What came of a step, or an error if nothing moved for too long.
	fn moved<T>(&mut self, cx: &mut Context<'_>, step: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
		if step.is_ready() {
			self.end.as_mut().reset(Instant::now() + self.idle);
			return step;
		}
		self.end
			.as_mut()
			.poll(cx)
			.map(|()| Err(io::ErrorKind::TimedOut.into()))
	}
}

impl AsyncRead for Connection {
	fn poll_read(
		mut self: Pin<&mut Self>,
		cx: &mut Context<'_>,
		to: &mut ReadBuf<'_>,
	) -> Poll<io::Result<()>> {
		let step = Pin::new(&mut self.stream).poll_read(cx, to);
		self.moved(cx, step)
	}
}

impl AsyncWrite for Connection {
	fn poll_write(
		mut self: Pin<&mut Self>,
		cx: &mut Context<'_>,
		bytes: &[u8],
	) -> Poll<io::Result<usize>> {
		let step = Pin::new(&mut self.stream).poll_write(cx, bytes);
		self.moved(cx, step)
	}

	fn poll_write_vectored(
		mut self: Pin<&mut Self>,
		cx: &mut Context<'_>,
		bytes: &[io::IoSlice<'_>],
	) -> Poll<io::Result<usize>> {
		let step = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
		self.moved(cx, step)
	}

	fn is_write_vectored(&self) -> bool {
		self.stream.is_write_vectored()
	}

	fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_flush(cx)
	}

	fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_shutdown(cx)
	}
}
