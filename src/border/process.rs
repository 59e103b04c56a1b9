//! Programs that keg runs: the one place that starts processes.
