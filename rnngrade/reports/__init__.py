"""Reports for instructors, as pages to be opened in a browser."""
