//! One integration binary; a module per verb.
