"""A comparison as one HTML page that opens in a browser without a network."""

from mmposenorm.report.html_report import write_report

__all__ = ['write_report']
