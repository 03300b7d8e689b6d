/** A thread that ends before it is ready, for tests. */
throw new Error('no such thread');
