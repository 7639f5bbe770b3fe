ALTER TABLE "llm_calls" ADD COLUMN "key" uuid;--> statement-breakpoint
ALTER TABLE "llm_calls" ADD CONSTRAINT "llm_calls_key" UNIQUE("study_id","number","key");