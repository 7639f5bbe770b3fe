ALTER TABLE "attempts" ALTER COLUMN "leased_at" SET DEFAULT statement_timestamp();--> statement-breakpoint
ALTER TABLE "events" ALTER COLUMN "at" SET DEFAULT statement_timestamp();--> statement-breakpoint
ALTER TABLE "incumbents" ALTER COLUMN "at" SET DEFAULT statement_timestamp();--> statement-breakpoint
ALTER TABLE "inquiries" ALTER COLUMN "at" SET DEFAULT statement_timestamp();--> statement-breakpoint
ALTER TABLE "llm_calls" ALTER COLUMN "at" SET DEFAULT statement_timestamp();--> statement-breakpoint
ALTER TABLE "reports" ALTER COLUMN "at" SET DEFAULT statement_timestamp();--> statement-breakpoint
ALTER TABLE "studies" ALTER COLUMN "created_at" SET DEFAULT statement_timestamp();--> statement-breakpoint
ALTER TABLE "studies" ALTER COLUMN "updated_at" SET DEFAULT statement_timestamp();--> statement-breakpoint
ALTER TABLE "trials" ALTER COLUMN "created_at" SET DEFAULT statement_timestamp();