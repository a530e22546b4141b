//! HTTP in: hooks, dashboard, API, the sandbox's socket.
