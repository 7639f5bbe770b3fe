# docker build -t chiron . && docker run -p 8080:8080 -e CHIRON_TOKEN=… -v chiron:/data --read-only --tmpfs /tmp chiron
# docs/operating.md ("Docker") says how to pin the base image by its digest.
ARG NODE_IMAGE=node:22-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 CHIRON_DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/openapi ./openapi
COPY --from=build /app/dist ./dist
COPY --from=build /app/trainer ./trainer
COPY --from=build /app/src/advisors/prompts ./src/advisors/prompts
COPY --from=build /app/src/agents/prompts ./src/agents/prompts
COPY --from=build /app/src/cli/hyperparameters.py ./src/cli/hyperparameters.py
COPY --from=build /app/src/cli/import/optuna_study.py ./src/cli/import/optuna_study.py
COPY --from=build /app/bin ./bin
# A user for this service alone, which owns nothing but the data: the program's files are root's. A volume takes its
# owner from the folder that it covers. A number, so that Kubernetes sees that it is not root.
RUN groupadd --system --gid 10001 chiron \
  && useradd --system --uid 10001 --gid chiron --home-dir /data --no-create-home --shell /usr/sbin/nologin chiron \
  && mkdir /data && chown chiron:chiron /data
VOLUME /data
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/chiron.mjs", "serve"]
