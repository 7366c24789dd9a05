//! Every setting of the program: a flag, an environment variable, a line of a TOML file, a default, in this order.
