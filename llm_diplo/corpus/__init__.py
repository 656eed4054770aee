"""Many articles: side by side, in order. How one article becomes a brief is the summarizer's job."""
