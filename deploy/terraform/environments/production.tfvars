region      = "eu-central-1"
environment = "production"
zones       = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
tasks = {
  gateway   = { cpu = 1024, memory = 3072, count = 2, count_max = 8 }
  generator = { cpu = 4096, memory = 8192, count = 2, count_max = 20 }
  writer    = { cpu = 1024, memory = 2048, count = 2, count_max = 6 }
  scheduler = { cpu = 512, memory = 1024, count = 2, count_max = 2 }
}
database       = { class = "db.m7g.xlarge", storage_gib = 500, storage_gib_max = 4000, multi_zone = true }
broker         = { class = "mq.m7g.large", mode = "CLUSTER_MULTI_AZ" }
retention_days = { logs = 400, backups = 35 }
