region      = "eu-central-1"
environment = "staging"
zones       = ["eu-central-1a", "eu-central-1b"]
tasks = {
  gateway   = { cpu = 512, memory = 2048, count = 1, count_max = 2 }
  generator = { cpu = 1024, memory = 2048, count = 1, count_max = 2 }
  writer    = { cpu = 512, memory = 1024, count = 1, count_max = 2 }
  scheduler = { cpu = 256, memory = 512, count = 1, count_max = 1 }
}
database            = { class = "db.t4g.medium", storage_gib = 50, storage_gib_max = 200, multi_zone = false }
broker              = { class = "mq.m7g.medium", mode = "SINGLE_INSTANCE" }
retention_days      = { logs = 30, backups = 7 }
deletion_protection = false
