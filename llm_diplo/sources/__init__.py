"""From a file, a URL, standard input or a fragment to an `Article`. No model is called here."""
