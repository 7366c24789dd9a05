//! The pure core: what may happen, decided without I/O, clock or randomness.
