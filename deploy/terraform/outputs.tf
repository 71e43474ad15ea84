output "address" {
  description = "Name of the load balancer; point the domain at it"
  value       = aws_lb.main.dns_name
}

output "migrate" {
  description = "Run this task before the services of a new version start"
  value       = aws_ecs_task_definition.main["migrate"].arn
}
