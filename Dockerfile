# The data plane: `packhouse serve --store aws`, and nothing else. Its settings are environment variables; see docs/deploy.md.
#   docker build --tag packhouse .
FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
RUN infra/image/assemble.sh /image

FROM scratch
COPY --from=build /image/ /
USER 65532:65532
# ECS mounts a volume there, and gives it the rights that the folder has here, which is open to everybody, only if it is declared.
VOLUME /tmp
ENV PACKHOUSE_STORE=aws PACKHOUSE_LISTEN=0.0.0.0:8080
EXPOSE 8080
# The load balancer asks /readyz; the image has no program that could.
HEALTHCHECK NONE
ENTRYPOINT ["/usr/local/bin/packhouse"]
CMD ["serve"]
