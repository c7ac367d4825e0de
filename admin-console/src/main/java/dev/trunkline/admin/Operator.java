package dev.trunkline.admin;

/**
 * What the console can do to the proxy. The proxy implements it; every method is called on the
 * virtual thread of one console session, so it may block, and several sessions may call at once.
 *
 * <p>A refusal the user should read is a {@link CommandFailed}; its factories hold PgBouncer's
 * texts. The console itself refuses the admin database, missing arguments and missing access.
 */
public interface Operator {
  /** What a command acts on. */
  sealed interface Scope {
    /** The whole proxy. */
    record Everything() implements Scope {}

    /** One database, by its name in {@code [databases]}. */
    record Database(String name) implements Scope {}
  }

  /** How the process ends. */
  enum Shutdown {
    /** Now; clients get nothing. */
    IMMEDIATE,
    /** Like PAUSE, then exit when no server connection is left. */
    WAIT_FOR_SERVERS,
    /** No new clients; exit when the last one is gone. */
    WAIT_FOR_CLIENTS
  }

  /**
   * Holds new transactions and returns when every server connection of the scope was released and
   * closed.
   *
   * @throws InterruptedException the user pressed ^C: the implementation has taken the pause back
   *     before it throws
   * @throws CommandFailed {@link CommandFailed#alreadyPaused}, {@link CommandFailed#noSuchDatabase}
   */
  void pause(Scope scope) throws CommandFailed, InterruptedException;

  /**
   * Lets out what is written, and reads nothing more from any client or server, until RESUME or the
   * end of the last console.
   *
   * @throws InterruptedException the user pressed ^C: the implementation has taken it back
   * @throws CommandFailed {@link CommandFailed#alreadyPaused}
   */
  void suspend() throws CommandFailed, InterruptedException;

  /**
   * Takes PAUSE, SUSPEND or KILL back.
   *
   * @throws CommandFailed {@link CommandFailed#notPaused()}, {@link
   *     CommandFailed#notPaused(String)}, {@link CommandFailed#noSuchDatabase}, {@link
   *     CommandFailed#shuttingDown}
   */
  void resume(Scope scope) throws CommandFailed;

  /**
   * Reads the configuration, the users, the TLS files and the shard map again.
   *
   * @throws CommandFailed {@link CommandFailed#reloadFailed}; the old configuration stays in force
   */
  void reload() throws CommandFailed;

  /** Closes the server connections of the scope as they are released; new ones take their place. */
  void reconnect(Scope scope) throws CommandFailed;

  /** Pauses the scope and drops its clients and server connections at once. */
  void kill(Scope scope) throws CommandFailed;

  /**
   * Disconnects one client.
   *
   * @param id as in the {@code id} column of SHOW CLIENTS
   * @throws CommandFailed {@link CommandFailed#clientNotFound}
   */
  void killClient(long id) throws CommandFailed;

  /** Refuses new logins to the database; its clients stay. */
  void disable(String database) throws CommandFailed;

  /** Takes {@link #disable} back. */
  void enable(String database) throws CommandFailed;

  /**
   * Changes one setting until the next reload. As in PgBouncer a setting that needs a restart is
   * accepted and left alone.
   *
   * @return a sentence for a NOTICE ("TLS settings could not be applied, …"), or "" for none
   * @throws CommandFailed {@link CommandFailed#setFailed}: unknown key or bad value
   */
  String set(String key, String value) throws CommandFailed;

  /** Starts the shutdown and returns; the session of an immediate one ends with the process. */
  void shutdown(Shutdown mode) throws CommandFailed;

  /**
   * Returns when no server connection of the scope waits for its close (after RECONNECT or RELOAD).
   *
   * @throws InterruptedException the user pressed ^C; nothing was changed
   */
  void waitClose(Scope scope) throws CommandFailed, InterruptedException;
}
