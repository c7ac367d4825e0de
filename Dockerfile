# syntax=docker/dockerfile:1

# The build: Maven and JDK 25. The tests are CI's business, not the image's.
FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -ntp -pl proxy-server -am package -DskipTests
RUN mkdir /out && tar -xzf proxy-server/target/trunkline-*.tar.gz -C /out --strip-components=1

# A Java runtime of only the modules that jdeps finds in the jars. Left out: java.desktop, java.compiler, java.scripting and
# java.instrument, which are named by classes of the libraries that are not used here. A test compares the list with the jars.
RUN "$JAVA_HOME/bin/jlink" \
      --add-modules java.base,java.naming,java.security.jgss,java.security.sasl,java.sql,jdk.httpserver,jdk.jfr,jdk.management,jdk.net,jdk.unsupported \
      --strip-debug --no-header-files --no-man-pages --output /jre

# The image: glibc, because Netty's io_uring, epoll and BoringSSL libraries need it; bash runs the health check.
FROM debian:13-slim
COPY --from=build /jre /opt/java
COPY --from=build /out /opt/trunkline
ENV TRUNKLINE_JAVA=/opt/java/bin/java

RUN groupadd --gid 6432 trunkline \
 && useradd --uid 6432 --gid trunkline --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin trunkline \
 && ln -s /opt/trunkline/bin/trunkline /usr/local/bin/trunkline \
 && mkdir /etc/trunkline \
 && /opt/trunkline/bin/trunkline-aot

USER 6432:6432
VOLUME /etc/trunkline
EXPOSE 6432 9127
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s --retries=3 \
  CMD ["/opt/trunkline/bin/trunkline-health"]
ENTRYPOINT ["/opt/trunkline/bin/trunkline"]
CMD ["/etc/trunkline/trunkline.conf"]
