# Sourced by the scripts beside it: finds a JDK 25 and builds what is needed. The sourcing script has set
# $root, $target and $name.

# The Java home of a JDK 25: JAVA_HOME if it is one, else the first that is found.
find_java() {
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/*25* "$HOME"/.sdkman/candidates/java/25* "$HOME"/.jdks/*25*; do
    if [ -x "$home/bin/java" ] && grep -q '^JAVA_VERSION="25' "$home/release" 2>/dev/null; then
      echo "$home"
      return
    fi
  done
  echo "$name: no JDK 25 found; install one under /usr/lib/jvm, or set JAVA_HOME to it" >&2
  return 1
}

# Whether something that goes into the program is newer than the last build.
stale() {
  [ ! -f "$target/demo.classpath" ] ||
    [ -n "$(find "$root" -name target -prune -o -type f \
      \( -name pom.xml -o -path '*/src/main/*' -o -path "$root/docs/catalog.sql" \) \
      -newer "$target/demo.classpath" -print)" ]
}

build() {
  if ! command -v mvn >/dev/null; then
    echo "$name: no mvn found; install Maven 3.8 or later" >&2
    return 1
  fi
  printf 'Building (a minute or two the first time) ... '
  start=$(date +%s)
  mkdir -p "$target"
  # exec.skip leaves out the formatter, which has nothing to say to a visitor.
  if ! (cd "$root" && mvn -q -B -pl benchmarks -am -DskipTests -Dexec.skip package) >"$target/$name-build.log" 2>&1; then
    echo failed
    cat "$target/$name-build.log" >&2
    return 1
  fi
  touch "$target/demo.classpath"
  echo "$(($(date +%s) - start)) s"
}

# Runs a class of the benchmarks: JVM options, the class, and its arguments.
run_java() {
  java_home=$(find_java)
  if stale; then
    build
  fi
  exec "$java_home/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 -cp "$target/classes:$(cat "$target/demo.classpath")" "$@"
}
