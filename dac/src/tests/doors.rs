//! Connections on which nothing is asked.

use std::{
	io::{Read, Write},
	net::{SocketAddr, TcpStream},
	time::Duration,
};

use crate::serve::{self, Doors};

async fn open(most: usize, idle: Duration) -> SocketAddr {
	let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
	let address = listener.local_addr().unwrap();
	let doors = Doors::with(listener, most, idle);
	tokio::spawn(async move { axum::serve(doors, serve::starting()).await });
	address
}

fn ask(address: SocketAddr) -> TcpStream {
	let mut stream = TcpStream::connect(address).unwrap();
	let request = "GET /health HTTP/1.1\r\nHost: dac\r\nConnection: close\r\n\r\n";
	stream.write_all(request.as_bytes()).unwrap();
	stream
}

fn is_answered(stream: &mut TcpStream) -> bool {
	let mut answer = String::new();
	stream.read_to_string(&mut answer).unwrap();
	answer.starts_with("HTTP/1.1 200")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_on_which_nothing_moves_is_closed() {
	let address = open(2, Duration::from_millis(200)).await;
	let work = move || {
		let mut silent = TcpStream::connect(address).unwrap();
		let mut halting = TcpStream::connect(address).unwrap();
		halting
			.write_all(b"POST /v1/reports HTTP/1.1\r\nHo")
			.unwrap();
		// There is room again once they are gone, and they are told.
		assert!(is_answered(&mut ask(address)));
		for stream in [&mut silent, &mut halting] {
			let mut rest = Vec::new();
			let _ = stream.read_to_end(&mut rest);
			assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 4"));
		}
	};
	tokio::task::spawn_blocking(work).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_when_it_is_full_waits_until_somebody_goes() {
	let address = open(1, Duration::from_secs(3_600)).await;
	let work = move || {
		let first = TcpStream::connect(address).unwrap();
		let mut second = ask(address);
		second
			.set_read_timeout(Some(Duration::from_millis(300)))
			.unwrap();
		assert!(second.read(&mut [0]).is_err(), "there is no room");
		drop(first);
		second.set_read_timeout(None).unwrap();
		assert!(is_answered(&mut second));
	};
	tokio::task::spawn_blocking(work).await.unwrap();
}
