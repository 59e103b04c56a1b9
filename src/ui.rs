//! Turns events and results into text. The only place that prints.
