"""A backend without dependencies: it says that it runs, and in which role."""
