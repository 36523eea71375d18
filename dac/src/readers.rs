//! Room for those who read sealed eras. All validators begin at the same moment, and one that is told to come again comes a
//! block later; so they wait for each other, in order and not for long. Intake has room of its own.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::refusal::Refusal;

pub(crate) struct Readers {
	room: Arc<Semaphore>,
	waiting: Semaphore,
	patience: Duration,
}

impl Readers {
	/// Room for `at_once`, while at most `waiting` others wait for at most `patience`.
	pub(crate) fn new(at_once: usize, waiting: usize, patience: Duration) -> Self {
		Self {
			room: Arc::new(Semaphore::new(at_once)),
			waiting: Semaphore::new(waiting),
			patience,
		}
	}

	/// Waits for room.
	pub(crate) async fn room(&self) -> Result<OwnedSemaphorePermit, Refusal> {
		if let Ok(room) = self.room.clone().try_acquire_owned() {
			return Ok(room);
		}
		let _waiting = self.waiting.try_acquire().map_err(|_| Refusal::busy())?;
		match tokio::time::timeout(self.patience, self.room.clone().acquire_owned()).await {
			Ok(Ok(room)) => Ok(room),
			_ => Err(Refusal::busy()),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const LONG: Duration = Duration::from_secs(3_600);

	#[tokio::test]
	async fn who_comes_while_all_room_is_taken_waits_for_it() {
		let readers = Arc::new(Readers::new(2, 8, LONG));
		let taken = (readers.room().await.unwrap(), readers.room().await.unwrap());
		let waiting: Vec<_> = (0..8)
			.map(|_| {
				let readers = readers.clone();
				tokio::spawn(async move { readers.room().await.map(drop) })
			})
			.collect();
		while readers.waiting.available_permits() > 0 {
			tokio::task::yield_now().await;
		}
		assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
		// More than may wait are told at once.
		assert!(readers.room().await.is_err());
		drop(taken);
		for waiting in waiting {
			assert!(waiting.await.unwrap().is_ok());
		}
		assert!(readers.room().await.is_ok());
		assert_eq!(readers.waiting.available_permits(), 8);
	}

	#[tokio::test]
	async fn nobody_waits_for_ever() {
		let readers = Readers::new(1, 8, Duration::ZERO);
		let taken = readers.room().await.unwrap();
		assert!(readers.room().await.is_err());
		assert_eq!(readers.waiting.available_permits(), 8);
		drop(taken);
		assert!(readers.room().await.is_ok());
	}
}
