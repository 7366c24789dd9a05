//! The ports: objects, queues, mail and metrics, each with its AWS side and its embedded side.
