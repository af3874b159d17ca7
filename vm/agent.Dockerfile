# The agent as a container of LinuxKit's: vm/linuxkit.yml runs it. From the repository's root:
#   docker build -f vm/agent.Dockerfile -t osmofs/agent .
FROM node:20-bookworm AS build
WORKDIR /src
COPY . .
RUN npm ci --no-audit --no-fund && npm run build && node dist/vm/image/agent-main.js /out

FROM node:20-bookworm-slim
COPY --from=build /out/opt/osmofs /opt/osmofs
COPY vm/image/root/opt/osmofs /opt/osmofs
RUN ln -s /usr/local/bin/node /opt/osmofs/node
CMD ["/opt/osmofs/supervise"]
