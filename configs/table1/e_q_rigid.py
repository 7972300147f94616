# As e_q_extended.py, on MotioNet's skeleton, whose collar bones and spine root do not
# turn.
_base_ = 'e_q_extended.py'
model = dict(skeleton='rigid')
