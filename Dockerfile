# The worker. TypeScript is run directly by Node, so there is no build step. The image brings its own Node:
# the `node` package is a development dependency and is left out.
FROM node:24-slim

WORKDIR /app

# Packages first: they change less often than the source.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force

COPY LICENSE README.md CHANGELOG.md ./
COPY config ./config
COPY templates ./templates
COPY src ./src

# The embedded store and the key of our Message-IDs. A named volume takes over the owner of this folder.
RUN mkdir data && chown node:node data
VOLUME /app/data

USER node

# Checks settings, mailbox, sending server, store and queue. Each check logs in once, hence the pause.
HEALTHCHECK --interval=10m --timeout=60s --start-period=2m --start-interval=30s --retries=2 \
  CMD ["node", "src/cli.ts", "doctor"]

# Node itself is process 1: it handles SIGTERM, finishing what is in hand.
ENTRYPOINT ["node", "src/cli.ts"]
CMD ["run"]
