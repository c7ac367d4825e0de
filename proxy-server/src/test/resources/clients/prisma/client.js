// Create, read, update and delete with Prisma, for several workspaces, none of which is declared.
'use strict';
const assert = require('node:assert');
const pg = require('pg');
const { PrismaClient } = require('@prisma/client');
const { PrismaPg } = require('@prisma/adapter-pg');

// Prisma names the schema of each table, and has no way not to; values are never in its texts.
class Unqualified extends pg.Client {
  query(query, ...rest) {
    if (query.text) query = { ...query, text: query.text.replaceAll('"public".', '') };
    return super.query(query, ...rest);
  }
}
const pool = new pg.Pool({ connectionString: process.argv[2], max: 2, Client: Unqualified });
const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: true }) });

async function create(workspaceId) {
  const task = (id) => ({ workspaceId, id, projectId: 1, title: workspaceId + ' ' + id });
  // A nested write is a transaction.
  await prisma.project.create({
    data: {
      workspaceId, id: 1, name: 'of ' + workspaceId,
      tasks: { create: [{ id: 1, title: workspaceId + ' 1' }, { id: 2, title: workspaceId + ' 2' }] } } });
  await prisma.$transaction(async (tx) => {
    await tx.task.create({ data: task(3) });
    await tx.task.createMany({ data: [task(4)] });
  });
  await prisma.task.upsert({
    where: { workspaceId_id: { workspaceId, id: 5 } }, create: task(5), update: { title: 'wrong' } });
}

async function read(workspaceId) {
  const where = { workspaceId_id: { workspaceId, id: 1 } };
  const project = await prisma.project.findUniqueOrThrow({ where });
  assert.equal(project.name, 'of ' + workspaceId);
  const eager = await prisma.project.findUnique({ where, include: { tasks: true } });
  assert.equal(eager.tasks.length, 5);
  const lazy = await prisma.project.findUnique({ where }).tasks({ orderBy: { id: 'asc' } });
  assert.deepEqual(lazy.map((task) => task.title), [1, 2, 3, 4, 5].map((id) => workspaceId + ' ' + id));
  const tasks = await prisma.task.findMany({
    where: { workspaceId, project: { name: { startsWith: 'of ' } } }, include: { project: true } });
  assert.equal(tasks.length, 5);
  assert.equal(tasks[0].project.name, 'of ' + workspaceId);
  assert.equal(await prisma.task.count({ where: { workspaceId, title: { contains: workspaceId } } }), 5);
  const groups = await prisma.task.groupBy({
    by: ['workspaceId'], where: { workspaceId }, _count: { id: true } });
  assert.deepEqual(groups, [{ workspaceId, _count: { id: 5 } }]);
}

async function change(workspaceId) {
  const id = (id) => ({ workspaceId_id: { workspaceId, id } });
  await prisma.task.update({ where: id(2), data: { title: 'changed' } });
  assert.equal((await prisma.task.updateMany({
    where: { workspaceId, id: 3 }, data: { title: 'changed' } })).count, 1);
  await prisma.$transaction(async (tx) => {
    await tx.project.findUnique({ where: id(1) });
    // Without the key, in the transaction that has learned it.
    assert.equal(await tx.task.count({ where: { title: 'changed' } }), 2);
    await tx.task.delete({ where: id(5) });
  });
  await prisma.$transaction([
    prisma.task.create({ data: { workspaceId, id: 9, projectId: 1 } }),
    prisma.task.deleteMany({ where: { workspaceId, id: 9 } })]);
  await assert.rejects(prisma.task.findFirst({ where: { id: 2 } }), /TL001|no workspace/i);
  await assert.rejects(prisma.$transaction(async (tx) => {
    await tx.task.create({ data: { workspaceId, id: 9, projectId: 1, title: 'undone' } });
    throw new Error('undone');
  }), /undone/);
}

(async () => {
  for (const step of [create, read, change]) {
    for (let i = 1; i <= 6; i++) await step('w' + i);
  }
  await prisma.$disconnect();
  console.log('ok');
})().catch((e) => { console.error(e); process.exit(1); });
