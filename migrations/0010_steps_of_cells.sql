ALTER TABLE "cells" ADD COLUMN "steps" json;--> statement-breakpoint
UPDATE "cells" SET "steps" = "result"->'steps' WHERE "result" IS NOT NULL;