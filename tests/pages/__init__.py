"""Pages of dashboards, looked at in a headless Chromium."""
