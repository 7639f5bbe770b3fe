DROP INDEX "studies_to_dispatch";--> statement-breakpoint
CREATE INDEX "studies_to_dispatch" ON "studies" USING btree ("trainer") WHERE "studies"."state" <> 'finished';