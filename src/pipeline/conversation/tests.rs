//! Conversations as tables: what is asked, what is heard, what follows.
