//! How programs use the engine: workflows, activities, workers, clients, the test kit.
