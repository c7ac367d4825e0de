-- Run on each host. Passwords are as public as this file: the servers listen on 127.0.0.1 only.
create role app login password 'app';
create role admin login password 'admin' in role app;
create role trunkline login password 'trunkline';
create database app owner app;
