# matchstream control in a container: `docker build -t matchstream .`, see docs/adoption.md.
FROM node:22-slim AS build
WORKDIR /build
COPY . .
RUN npm ci --no-audit --no-fund
RUN mkdir /packed && npm pack --ignore-scripts --pack-destination /packed

FROM node:22-slim
COPY --from=build /packed/ /packed/
RUN npm install --global --no-audit --no-fund /packed/*.tgz && rm -r /packed
RUN mkdir /reports && chown node /reports
USER node
WORKDIR /reports
# The control API, and ports for proxies: publish those that yours listen on.
EXPOSE 8474/tcp 8475-8484/udp
HEALTHCHECK --interval=10s --timeout=3s CMD ["node", "-e", "fetch('http://127.0.0.1:8474/version').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["matchstream"]
# Whoever is on a bridge network of this machine's Docker may steer it, and have it send there; nobody else.
CMD ["control", "0.0.0.0:8474", "--control-allow", "172.16.0.0/12", "--allow-upstream", "172.16.0.0/12", "--allow-listen", "0.0.0.0"]
