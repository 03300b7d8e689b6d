// What every page of the console does beside htmx. Pages are whole without it.
