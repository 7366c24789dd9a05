//! DocStore: the web API, the initializer and the program.
