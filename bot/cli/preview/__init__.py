"""`morsel packs preview`: a page that shows a pack as learners will see it, in both chats side by side."""
