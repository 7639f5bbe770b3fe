ALTER TABLE "studies" ADD COLUMN "trainer" text;--> statement-breakpoint
ALTER TABLE "studies" ADD COLUMN "dispatcher" uuid;--> statement-breakpoint
ALTER TABLE "studies" ADD COLUMN "dispatcher_until" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "studies_to_dispatch" ON "studies" USING btree ("trainer") WHERE "studies"."state" = 'active';