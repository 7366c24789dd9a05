//! DocStore's workflows: deterministic, one file each.
