locals {
  alarms = {
    gateway-errors = {
      namespace  = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum", above = 10
      dimensions = { LoadBalancer = aws_lb.main.arn_suffix }
    }
    gateway-none = {
      namespace  = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Maximum", above = 0
      dimensions = { LoadBalancer = aws_lb.main.arn_suffix, TargetGroup = aws_lb_target_group.gateway.arn_suffix }
    }
    database-processor = {
      namespace  = "AWS/RDS", metric = "CPUUtilization", statistic = "Average", above = 85
      dimensions = { DBInstanceIdentifier = aws_db_instance.main.identifier }
    }
    database-connections = {
      namespace  = "AWS/RDS", metric = "DatabaseConnections", statistic = "Maximum", above = 160
      dimensions = { DBInstanceIdentifier = aws_db_instance.main.identifier }
    }
    broker-memory = {
      namespace  = "AWS/AmazonMQ", metric = "RabbitMQMemUsed", statistic = "Maximum", above = 1500000000
      dimensions = { Broker = aws_mq_broker.main.broker_name }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "main" {
  for_each            = local.alarms
  alarm_name          = "${local.name}-${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "space" {
  alarm_name          = "${local.name}-database-space"
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  statistic           = "Minimum"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.main.identifier }
  comparison_operator = "LessThanThreshold"
  threshold           = var.database.storage_gib * 1073741824 * 0.15
  period              = 300
  evaluation_periods  = 1
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
