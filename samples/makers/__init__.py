"""What make_samples.py is made of: one module a family of file formats."""
