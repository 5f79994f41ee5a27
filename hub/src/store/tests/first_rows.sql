-- A conversation as the first step of the schema kept it: Amina, a guest, asked, Ines answered. In Postgres's words;
-- for SQLite `uuid '` and `bytea '\x` become `x'`.
insert into hub_meta (id, epoch, access_version, created_at)
    values (1, uuid '019a0000000070008000000000000000', 0, 1790000000000);
insert into site (id, name, topics, next_number, created_at)
    values (uuid '019a0000000070008000000000000001', 'Support', '[{"key":"payment","label":{"en":"A payment","fr":"Un paiement"},"hint":{"en":"","fr":""},"fields":[]}]', 12346, 1790000000000);
insert into participant (id, site_id, kind, name, email, email_canonical, proof, locale, role, password_hash, ticket_id, created_at) values
    (uuid '019a0000000070008000000000000002', uuid '019a0000000070008000000000000001', 'guest', 'Amina', 'amina@example.org', 'amina@example.org', 'not_confirmed', 'en', null, null, uuid '019a0000000070008000000000000006', 1790000000000),
    (uuid '019a0000000070008000000000000003', uuid '019a0000000070008000000000000001', 'agent', 'Ines', 'ines@agents.example', 'ines@agents.example', 'confirmed', 'en', 'lead', null, null, 1790000000000);
insert into team (id, site_id, name, created_at)
    values (uuid '019a0000000070008000000000000004', uuid '019a0000000070008000000000000001', 'Payments', 1790000000000);
insert into team_member (team_id, participant_id)
    values (uuid '019a0000000070008000000000000004', uuid '019a0000000070008000000000000003');
insert into ticket (id, site_id, number, subject, topic, status, requester_id, team_id, assignee_id, last_seq, last_pub_seq, version, pub_version, from_requester, from_agents, last_at, last_pub_at, last_line, last_line_seq, opened_at)
    values (uuid '019a0000000070008000000000000006', uuid '019a0000000070008000000000000001', 12345, 'Where is my parcel?', 'payment', 'pending', uuid '019a0000000070008000000000000002', uuid '019a0000000070008000000000000004', null, 4, 3, 4, 3, 1, 1, 1790000003000, 1790000003000, '{"side":"agent","name":"Ines","text":"It is on its way."}', 4, 1790000000000);
insert into event (site_id, ticket_id, seq, pub_seq, kind, side, author_id, author_name, client_id, body, at) values
    (uuid '019a0000000070008000000000000001', uuid '019a0000000070008000000000000006', 1, 1, 'opened', 'requester', uuid '019a0000000070008000000000000002', 'Amina', null, '{"kind":"opened","topic":"payment","details":[]}', 1790000000000),
    (uuid '019a0000000070008000000000000001', uuid '019a0000000070008000000000000006', 2, 2, 'message', 'requester', uuid '019a0000000070008000000000000002', 'Amina', uuid '019a0000000070008000000000000007', '{"kind":"message","text":"Where is my parcel?","asks":false,"attachments":[]}', 1790000000000),
    (uuid '019a0000000070008000000000000001', uuid '019a0000000070008000000000000006', 3, null, 'note', 'agent', uuid '019a0000000070008000000000000003', 'Ines', uuid '019a0000000070008000000000000008', '{"kind":"note","text":"The carrier has it.","attachments":[]}', 1790000002000),
    (uuid '019a0000000070008000000000000001', uuid '019a0000000070008000000000000006', 4, 3, 'message', 'agent', uuid '019a0000000070008000000000000003', 'Ines', uuid '019a0000000070008000000000000009', '{"kind":"message","text":"It is on its way.","asks":false,"attachments":[]}', 1790000003000);
insert into read_mark (ticket_id, participant_id, side, delivered_n, read_n, theirs_read, updated_at)
    values (uuid '019a0000000070008000000000000006', uuid '019a0000000070008000000000000002', 'requester', 2, 2, 0, 1790000000000);
-- Amina's browser: its cookie is BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc.
insert into login (id, site_id, audience, token_digest, participant_id, browser, trusted, idle_ms, life_ms, last_seen_at, expires_at, created_at) values
    (uuid '019a0000000070008000000000000005', uuid '019a0000000070008000000000000001', 'visitor', bytea '\xdc4bf80c77473d130fa0de86ba4018fe98bb214005e6a5891d12ba91446f9e81', null, 'Firefox on Linux', false, 900000000000, 900000000000, 1790000000000, 2690000000000, 1790000000000),
    (uuid '019a000000007000800000000000000a', uuid '019a0000000070008000000000000001', 'agent', bytea '\x00', uuid '019a0000000070008000000000000003', 'Firefox on Linux', false, 900000000000, 900000000000, 1790000000000, 2690000000000, 1790000000000);
insert into login_grant (login_id, ticket_id, participant_id, proven, created_at)
    values (uuid '019a0000000070008000000000000005', uuid '019a0000000070008000000000000006', uuid '019a0000000070008000000000000002', false, 1790000000000);
insert into audit (id, site_id, at, act, actor_id, network, details) values
    (uuid '019a000000007000800000000000000b', uuid '019a0000000070008000000000000001', 1790000001000, 'link.used', uuid '019a0000000070008000000000000003', '192.0.2.1/32', '{}'),
    (uuid '019a000000007000800000000000000c', uuid '019a0000000070008000000000000001', 1790000001500, 'agent.signed_in', uuid '019a0000000070008000000000000003', '192.0.2.1/32', '{}');
