package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Object-relational mappers that have never heard of workspaces, unmodified. */
@Timeout(240)
class OrmTest {
  private static final int SHARDS = TestHosts.COUNT * TestHosts.SHARDS_PER_HOST;

  private TestCluster cluster;

  @BeforeEach
  void start() throws SQLException {
    onEach(
        """
        CREATE TABLE %1$s.orm_project (
          workspace_id text, id int, name text NOT NULL, PRIMARY KEY (workspace_id, id));
        CREATE TABLE %1$s.orm_task (
          workspace_id text, id int, project_id int NOT NULL, title text,
          PRIMARY KEY (workspace_id, id),
          FOREIGN KEY (workspace_id, project_id) REFERENCES %1$s.orm_project);
        ALTER TABLE %1$s.orm_project OWNER TO app;
        ALTER TABLE %1$s.orm_task OWNER TO app;
        """);
    cluster = TestCluster.start("map.sharded_tables { key = workspace_id, user = postgres }");
  }

  @AfterEach
  void stop() throws SQLException {
    cluster.close();
    onEach("DROP TABLE %1$s.orm_task, %1$s.orm_project");
  }

  private static void onEach(String sql) throws SQLException {
    for (int shard = 1; shard <= SHARDS; shard++) {
      try (Connection direct = direct(shard)) {
        Sql.run(direct, sql.formatted(TestHosts.schema(shard)));
      }
    }
  }

  private static Connection direct(int shard) throws SQLException {
    return TestCluster.direct((shard - 1) / TestHosts.SHARDS_PER_HOST);
  }

  @Test
  void sqlAlchemyWorksWithoutDeclaringAWorkspace() throws Exception {
    worksWithoutDeclaringAWorkspace(ClientDrivers.sqlAlchemy(), "postgresql+psycopg");
  }

  @Test
  void sequelizeWorksWithoutDeclaringAWorkspace() throws Exception {
    worksWithoutDeclaringAWorkspace(ClientDrivers.sequelize(), "postgres");
  }

  @Test
  void typeOrmWorksWithoutDeclaringAWorkspace() throws Exception {
    worksWithoutDeclaringAWorkspace(ClientDrivers.typeOrm(), "postgres");
  }

  @Test
  void prismaWorksWithoutDeclaringAWorkspace() throws Exception {
    worksWithoutDeclaringAWorkspace(ClientDrivers.prisma(), "postgres");
  }

  @Test
  void driversCopyWithoutDeclaringAWorkspace() throws Exception {
    worksWithoutDeclaringAWorkspace(ClientDrivers.copying(), "postgresql");
  }

  private void worksWithoutDeclaringAWorkspace(String[] program, String scheme) throws Exception {
    String url = "%s://app:secret@127.0.0.1:%d/app".formatted(scheme, cluster.port());
    assertThat(output(program, url)).endsWith("ok\n");
    assertEachSchemaHasItsOwnRows();
  }

  @Test
  void hibernateWorksWithoutDeclaringAWorkspace() throws SQLException {
    try (SessionFactory factory = hibernate()) {
      for (int shard = 1; shard <= SHARDS; shard++) {
        create(factory, "w" + shard);
      }
      for (int shard = 1; shard <= SHARDS; shard++) {
        read(factory, "w" + shard);
        change(factory, "w" + shard);
        withoutTransaction(factory, "w" + shard);
      }
    }
    assertEachSchemaHasItsOwnRows();
  }

  private SessionFactory hibernate() {
    return new Configuration()
        .addAnnotatedClass(OrmProject.class)
        .addAnnotatedClass(OrmTask.class)
        .setProperty("hibernate.connection.url", cluster.url("app"))
        .setProperty("hibernate.connection.username", TestCluster.USER)
        .setProperty("hibernate.connection.password", TestCluster.PASSWORD)
        .buildSessionFactory();
  }

  private static void create(SessionFactory factory, String workspace) {
    factory.inTransaction(
        session -> {
          OrmProject project = new OrmProject();
          project.workspaceId = workspace;
          project.id = 1;
          project.name = "of " + workspace;
          for (int i = 1; i <= 5; i++) {
            project.tasks.add(task(workspace, i, workspace + " " + i));
          }
          session.persist(project);
        });
  }

  private static OrmTask task(String workspace, int id, String title) {
    OrmTask task = new OrmTask();
    task.workspaceId = workspace;
    task.id = id;
    task.projectId = 1;
    task.title = title;
    return task;
  }

  private static void read(SessionFactory factory, String workspace) {
    factory.inTransaction(
        session -> {
          OrmProject found = session.find(OrmProject.class, new OrmKey(workspace, 1));
          assertThat(found.name).isEqualTo("of " + workspace);
          assertThat(found.tasks).extracting(task -> task.title).contains(workspace + " 5");
        });
    factory.inTransaction(
        session -> {
          String eager = "from OrmProject p join fetch p.tasks where p.workspaceId = :w";
          OrmProject found = project(session, eager, workspace);
          assertThat(found.tasks).hasSize(5);
        });
    factory.inTransaction(
        session -> {
          String query = "from OrmTask t where t.workspaceId = :w and t.project.name like 'of %'";
          List<OrmTask> tasks =
              session.createQuery(query, OrmTask.class).setParameter("w", workspace).list();
          assertThat(tasks).hasSize(5);
          assertThat(tasks.getFirst().project.name()).isEqualTo("of " + workspace);
        });
  }

  private static OrmProject project(Session session, String query, String workspace) {
    return session
        .createQuery(query, OrmProject.class)
        .setParameter("w", workspace)
        .getSingleResult();
  }

  private static void change(SessionFactory factory, String workspace) {
    factory.inTransaction(
        session -> {
          session.find(OrmTask.class, new OrmKey(workspace, 2)).title = "changed";
          session.flush();
          // Without the key, in the transaction that has learned it.
          String query = "select t.id from OrmTask t where t.title = 'changed'";
          assertThat(session.createQuery(query, Integer.class).list()).containsExactly(2);
          session.remove(session.find(OrmTask.class, new OrmKey(workspace, 5)));
        });
    try (Session session = factory.openSession()) {
      session.beginTransaction();
      session.persist(task(workspace, 9, "undone"));
      session.flush();
      session.getTransaction().rollback();
    }
  }

  private static void withoutTransaction(SessionFactory factory, String workspace) {
    try (Session session = factory.openSession()) {
      OrmProject found = project(session, "from OrmProject p where p.workspaceId = :w", workspace);
      assertThat(found.tasks).hasSize(4);
    }
  }

  private static void assertEachSchemaHasItsOwnRows() throws SQLException {
    for (int shard = 1; shard <= SHARDS; shard++) {
      assertThat(workspaces(shard, "orm_project")).containsExactly("w" + shard);
      assertThat(workspaces(shard, "orm_task")).hasSize(4).containsOnly("w" + shard);
    }
  }

  private static List<String> workspaces(int shard, String table) throws SQLException {
    try (Connection direct = direct(shard)) {
      return Sql.column(
          direct, "SELECT workspace_id FROM %s.%s".formatted(TestHosts.schema(shard), table));
    }
  }

  private static String output(String[] command, String url)
      throws IOException, InterruptedException {
    List<String> whole = new ArrayList<>(List.of(command));
    whole.add(url);
    Process process = new ProcessBuilder(whole).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).as(text).isTrue();
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }
}
