# The worker. TypeScript is run directly by Node, so there is no build step. The image brings its own Node:
# the `node` package is a development dependency and is left out.
FROM node:24-slim

WORKDIR /app

# Packages first: they change less often than the source.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force

COPY LICENSE README.md CHANGELOG.md ./
# The console shows beside each setting what it means.
COPY docs/settings.md ./docs/settings.md
COPY config ./config
COPY templates ./templates
COPY src ./src

# The embedded store and the key of our Message-IDs. A named volume takes over the owner of this folder.
RUN mkdir data && chown node:node data
VOLUME /app/data

USER node

# Health and figures, within the container only; TRANSITION_RESPONDER__HTTP__HOST=0.0.0.0 shows them to Prometheus.
ENV TRANSITION_RESPONDER__HTTP__PORT=8080

# Ready: store and queue answer, and each mailbox was looked at lately. The image has no curl.
HEALTHCHECK --interval=30s --timeout=10s --start-period=2m --start-interval=5s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.TRANSITION_RESPONDER__HTTP__PORT + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# Node itself is process 1: it handles SIGTERM, finishing what is in hand.
ENTRYPOINT ["node", "src/cli.ts"]
CMD ["run"]
