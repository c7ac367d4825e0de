// Create, read, update and delete with TypeORM, for several workspaces, none of which is declared.
'use strict';
require('reflect-metadata');
const assert = require('node:assert');
const { DataSource, EntitySchema, Like } = require('typeorm');

const key = {
  workspaceId: { name: 'workspace_id', type: 'text', primary: true },
  id: { type: 'int', primary: true },
};
const Project = new EntitySchema({
  name: 'Project',
  tableName: 'orm_project',
  columns: { ...key, name: { type: 'text' } },
  relations: { tasks: { type: 'one-to-many', target: 'Task', inverseSide: 'project', lazy: true } },
});
const Task = new EntitySchema({
  name: 'Task',
  tableName: 'orm_task',
  columns: {
    ...key,
    projectId: { name: 'project_id', type: 'int' },
    title: { type: 'text', nullable: true },
  },
  relations: {
    project: {
      type: 'many-to-one',
      target: 'Project',
      inverseSide: 'tasks',
      lazy: true,
      joinColumn: [
        { name: 'workspace_id', referencedColumnName: 'workspaceId' },
        { name: 'project_id', referencedColumnName: 'id' },
      ],
    },
  },
});
const source = new DataSource({
  type: 'postgres', url: process.argv[2], entities: [Project, Task], poolSize: 2 });

async function create(workspaceId) {
  await source.transaction(async (manager) => {
    await manager.save(Project, { workspaceId, id: 1, name: 'of ' + workspaceId });
    const tasks = [1, 2, 3].map((id) => (
      { workspaceId, id, projectId: 1, title: workspaceId + ' ' + id }));
    await manager.save(Task, tasks);
  });
  const task = (id) => ({ workspaceId, id, projectId: 1, title: workspaceId + ' ' + id });
  await source.getRepository(Task).save(task(4));
  await source.getRepository(Task).insert(task(5));
  await source.getRepository(Task).upsert(task(5), ['workspaceId', 'id']);
}

async function read(workspaceId) {
  const projects = source.getRepository(Project);
  const tasks = source.getRepository(Task);
  const project = await projects.findOneByOrFail({ workspaceId, id: 1 });
  assert.equal(project.name, 'of ' + workspaceId);
  // Outside a transaction: the relation's join has the key.
  assert.equal((await project.tasks).length, 5);
  for (const relationLoadStrategy of ['join', 'query']) {
    const eager = await projects.find({
      where: { workspaceId }, relations: { tasks: true }, relationLoadStrategy });
    assert.equal(eager.length, 1);
    assert.equal((await eager[0].tasks).length, 5);
  }
  const page = await projects.findOne({ where: { workspaceId, id: 1 }, relations: { tasks: true } });
  assert.equal((await page.tasks).length, 5);
  const found = await tasks.find({ where: { workspaceId, project: { name: Like('of %') } }, order: { id: 'ASC' } });
  assert.deepEqual(found.map((task) => task.title), [1, 2, 3, 4, 5].map((id) => workspaceId + ' ' + id));
  assert.equal((await found[2].project).name, 'of ' + workspaceId);
  assert.equal(await tasks.countBy({ workspaceId, title: Like(workspaceId + '%') }), 5);
  assert.equal(await tasks.existsBy({ workspaceId, id: 3 }), true);
  const [, total] = await tasks.findAndCount({ where: { workspaceId }, skip: 1, take: 2 });
  assert.equal(total, 5);
  const built = await projects.createQueryBuilder('p').innerJoinAndSelect('p.tasks', 't')
    .where('p.workspaceId = :workspaceId AND t.id IN (:...ids)', { workspaceId, ids: [2, 3] }).getOne();
  assert.equal((await built.tasks).length, 2);
}

async function change(workspaceId) {
  const tasks = source.getRepository(Task);
  const task = await tasks.findOneBy({ workspaceId, id: 2 });
  task.title = 'changed';
  await tasks.save(task);
  await tasks.update({ workspaceId, id: 3 }, { title: 'changed' });
  await source.transaction(async (manager) => {
    await manager.findOneByOrFail(Project, { workspaceId, id: 1 });
    // Without the key, in the transaction that has learned it.
    assert.equal(await manager.countBy(Task, { title: 'changed' }), 2);
    await manager.increment(Task, { workspaceId, id: 1 }, 'projectId', 0);
    await manager.remove(Task, await manager.findOneBy(Task, { workspaceId, id: 5 }));
  });
  await assert.rejects(tasks.findOneBy({ id: 2 }), (e) => e.code === 'TL001');
  await tasks.save({ workspaceId, id: 9, projectId: 1 });
  assert.equal((await tasks.delete({ workspaceId, id: 9 })).affected, 1);
  await assert.rejects(source.transaction(async (manager) => {
    await manager.insert(Task, { workspaceId, id: 9, projectId: 1, title: 'undone' });
    throw new Error('undone');
  }), /undone/);
}

(async () => {
  await source.initialize();
  for (const step of [create, read, change]) {
    for (let i = 1; i <= 6; i++) await step('w' + i);
  }
  await source.destroy();
  console.log('ok');
})().catch((e) => { console.error(e); process.exit(1); });
