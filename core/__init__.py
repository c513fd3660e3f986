"""The engine: losses, optimizers and stacked training in numpy. It knows nothing of Streamlit or charts."""
