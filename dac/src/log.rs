//! Log lines as objects of JSON, for machines.

use std::fmt;

use serde_json::{Map, Value};
use tracing::{
	field::{Field, Visit},
	Event, Subscriber,
};
use tracing_subscriber::{
	fmt::{
		format::Writer,
		time::{FormatTime, SystemTime},
		FmtContext, FormatEvent, FormatFields,
	},
	registry::LookupSpan,
};

/// One object in each line: `timestamp`, `level`, `target`, and the event's own fields, `message` among them.
pub struct JsonLines;

struct Fields(Map<String, Value>);

impl Visit for Fields {
	fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
		self.0
			.insert(field.name().to_owned(), format!("{value:?}").into());
	}

	fn record_str(&mut self, field: &Field, value: &str) {
		self.0.insert(field.name().to_owned(), value.into());
	}

	fn record_u64(&mut self, field: &Field, value: u64) {
		self.0.insert(field.name().to_owned(), value.into());
	}

	fn record_i64(&mut self, field: &Field, value: i64) {
		self.0.insert(field.name().to_owned(), value.into());
	}

	fn record_bool(&mut self, field: &Field, value: bool) {
		self.0.insert(field.name().to_owned(), value.into());
	}
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
	S: Subscriber + for<'a> LookupSpan<'a>,
	N: for<'a> FormatFields<'a> + 'static,
{
	fn format_event(
		&self,
		_: &FmtContext<'_, S, N>,
		mut writer: Writer<'_>,
		event: &Event<'_>,
	) -> fmt::Result {
		let mut fields = Fields(Map::new());
		event.record(&mut fields);
		let mut time = String::new();
		SystemTime.format_time(&mut Writer::new(&mut time))?;
		let about = event.metadata();
		for (name, value) in [
			("timestamp", time),
			("level", about.level().to_string()),
			("target", about.target().to_owned()),
		] {
			fields.0.insert(name.to_owned(), value.into());
		}
		writeln!(writer, "{}", Value::Object(fields.0))
	}
}
