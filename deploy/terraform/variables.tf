variable "region" {
  description = "AWS region"
  type        = string
}

variable "environment" {
  description = "Name of the environment, part of every name"
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.environment))
    error_message = "environment must have 2 to 16 lower-case letters, digits or hyphens, a letter first."
  }
}

variable "network_range" {
  description = "IPv4 range of the network, a /16"
  type        = string
  default     = "10.20.0.0/16"
  validation {
    condition     = can(cidrhost(var.network_range, 0)) && endswith(var.network_range, "/16")
    error_message = "network_range must be an IPv4 range of the form a.b.0.0/16."
  }
}

variable "zones" {
  description = "Availability zones, two at least"
  type        = list(string)
  validation {
    condition     = length(var.zones) >= 2
    error_message = "zones must name two availability zones at least."
  }
}

variable "certificate_arn" {
  description = "Certificate of the load balancer, from ACM in this region"
  type        = string
}

variable "images" {
  description = "Image of each service and of the migration, by digest"
  type        = map(string)
  validation {
    condition     = toset(keys(var.images)) == toset(["gateway", "generator", "writer", "scheduler", "migrate"])
    error_message = "images must name gateway, generator, writer, scheduler and migrate."
  }
  validation {
    condition     = alltrue([for image in values(var.images) : can(regex("@sha256:[0-9a-f]{64}$", image))])
    error_message = "images must be named by digest, ...@sha256:..."
  }
}

variable "tasks" {
  description = "Processors (1024 a core), memory (MiB) and number of each service's tasks"
  type        = map(object({ cpu = number, memory = number, count = number, count_max = number }))
}

variable "database" {
  description = "Class, storage (GiB) and whether a standby is kept in another zone"
  type        = object({ class = string, storage_gib = number, storage_gib_max = number, multi_zone = bool })
}

variable "broker" {
  description = "Class and deployment mode of RabbitMQ; quorum queues replicate in a cluster only"
  type        = object({ class = string, mode = string })
  validation {
    condition     = contains(["SINGLE_INSTANCE", "CLUSTER_MULTI_AZ"], var.broker.mode)
    error_message = "broker.mode must be SINGLE_INSTANCE or CLUSTER_MULTI_AZ."
  }
}

variable "retention_days" {
  description = "Days for which logs and the database's backups are kept"
  type        = object({ logs = number, backups = number })
}

variable "alarm_topic_arn" {
  description = "SNS topic that alarms are sent to"
  type        = string
}

variable "deletion_protection" {
  description = "Refuse to delete the database and the load balancer"
  type        = bool
  default     = true
}
