"""The Streamlit door."""
