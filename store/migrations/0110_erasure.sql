-- Erasing an account finds the facts about it, and what webhooks got of them.

CREATE INDEX ledger_subjects ON ledger (tenant, subject, position) WHERE kind <> 'message';
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (position);
